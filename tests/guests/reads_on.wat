;; Reads the CRM some fifty times a second, whatever it answers, until it is denied. Then says so.
(module
  (import "skillgate:skill/crm@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
  (import "skillgate:skill/clock@0.1.0" "now-ms" (func $now (result i64)))
  {{prelude}}
  (data (i32.const 3072) "00000000-0000-4000-8000-000000000001")
  (data (i32.const 3200) "denied while it ran")
  {{call}}
    (local $until i64)
    (loop $again
      (global.set $free (i32.const 65536))
      (call $get (i32.const 0) (i32.const 3072) (i32.const 36) (i32.const 4096))
      ;; An error, and its code is the first one.
      (if (i32.and
            (i32.eq (i32.load8_u (i32.const 4096)) (i32.const 1))
            (i32.eqz (i32.load8_u (i32.const 4104))))
        (then
          (i32.store8 (i32.const 1024) (i32.const 1))
          (i32.store8 (i32.const 1028) (i32.const 4))
          (i32.store8 (i32.const 1029) (i32.const 0))
          (i32.store (i32.const 1032) (i32.const 0))
          (i32.store (i32.const 1040) (i32.const 3200))
          (i32.store (i32.const 1044) (i32.const 19))
          (return (i32.const 1024))))
      (local.set $until (i64.add (call $now) (i64.const 20)))
      (loop $wait (br_if $wait (i64.lt_u (call $now) (local.get $until))))
      (br $again))
    (unreachable)))
