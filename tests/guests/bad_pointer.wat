;; Traps inside a host call: the line lies beyond its memory.
(module
  (import "skillgate:skill/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  {{prelude}}
  {{call}}
    (call $log (i32.const 1) (i32.const -16) (i32.const 64))
    (call $ok)))
