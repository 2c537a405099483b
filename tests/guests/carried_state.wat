;; Marks a global, its memory and its table, and crashes if it finds a mark of an earlier call.
(module
  {{prelude}}
  (global $seen (mut i32) (i32.const 0))
  (table $t 8 funcref)
  (func $mark)
  (elem declare func $mark)
  {{call}}
    (local $at i32)
    (if (global.get $seen) (then (unreachable)))
    (global.set $seen (i32.const 1))
    (if (i32.eqz (ref.is_null (table.get $t (i32.const 3)))) (then (unreachable)))
    (table.set $t (i32.const 3) (ref.func $mark))
    (drop (memory.grow (i32.const 30)))
    ;; Everything beyond what the arguments took must be zero.
    (local.set $at (i32.const 81920))
    (loop $again
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then (unreachable)))
      (i64.store (local.get $at) (i64.const 0x5a5a5a5a5a5a5a5a))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $again (i32.lt_u (local.get $at) (i32.const 2097152))))
    (call $ok)))
