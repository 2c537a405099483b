;; Writes twenty thousand log lines, then answers.
(module
  (import "skillgate:skill/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  {{prelude}}
  {{call}}
    (local $left i32)
    (local.set $left (i32.const 20000))
    (loop $again
      (call $log (i32.const 0) (i32.const 2048) (i32.const 11))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (call $ok)))
