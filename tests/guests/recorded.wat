;; Does one of everything that is recorded: logs, asks for the time and for a setting, reads, answers.
(module
  (import "skillgate:skill/log@0.1.0" "write" (func $log (param i32 i32 i32)))
  (import "skillgate:skill/clock@0.1.0" "now-ms" (func $now (result i64)))
  (import "skillgate:skill/config@0.1.0" "get" (func $setting (param i32 i32 i32)))
  (import "skillgate:skill/crm@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
  {{prelude}}
  (data (i32.const 3072) "00000000-0000-4000-8000-000000000001")
  (data (i32.const 3136) "stage")
  (data (i32.const 3168) "hello")
  {{call}}
    (local $left i32)
    (call $log (i32.const 1) (i32.const 3168) (i32.const 5))
    (local.set $left (i32.const 1))
    (loop $again
      (drop (call $now))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br_if $again (local.get $left)))
    (call $setting (i32.const 3136) (i32.const 5) (i32.const 4096))
    (call $get (i32.const 0) (i32.const 3072) (i32.const 36) (i32.const 4096))
    (call $ok)))
