;; Behaves: logs a line, asks for the time, answers.
(module
  (import "skillgate:skill/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (import "skillgate:skill/clock@0.1.0" "now-ms" (func $now (result i64)))
  {{prelude}}
  {{call}}
    (call $log (i32.const 1) (i32.const 2048) (i32.const 11))
    (drop (call $now))
    (call $ok)))
