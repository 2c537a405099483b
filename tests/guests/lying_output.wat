;; Promises an object and answers with a number.
(module
  {{prelude}}
  (data (i32.const 3072) "42")
  {{call}} (call $answer (i32.const 3072) (i32.const 2))))
