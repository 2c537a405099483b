;; Answers with exactly 1 MiB when its input is {}, and with one byte more otherwise.
(module
  {{prelude}}
  {{call}}
    (drop (memory.grow (i32.const 32)))
    (memory.fill (i32.const 131072) (i32.const 0x20) (i32.const 1048577))
    (memory.copy (i32.const 131072) (i32.const 2048) (i32.const 11))
    (call $answer
      (i32.const 131072)
      (i32.add (i32.const 1048576) (i32.ne (local.get $input_bytes) (i32.const 2))))))
