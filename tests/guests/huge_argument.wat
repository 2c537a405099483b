;; Hands the host a log line of 32 MiB.
(module
  (import "skillgate:skill/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  {{prelude}}
  {{call}}
    (drop (memory.grow (i32.const 600)))
    (call $log (i32.const 1) (i32.const 0) (i32.const 33554432))
    (call $ok)))
