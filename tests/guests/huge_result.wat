;; Answers with 2 MiB.
(module
  {{prelude}}
  {{call}}
    (drop (memory.grow (i32.const 64)))
    (memory.fill (i32.const 131072) (i32.const 0x20) (i32.const 2097152))
    (call $answer (i32.const 131072) (i32.const 2097152))))
