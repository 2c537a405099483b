;; Answers with a thousand brackets.
(module
  {{prelude}}
  {{call}}
    (memory.fill (i32.const 8192) (i32.const 0x5b) (i32.const 1000))
    (memory.fill (i32.const 9192) (i32.const 0x5d) (i32.const 1000))
    (call $answer (i32.const 8192) (i32.const 2000))))
