;; Answers with bytes that are not JSON.
(module
  {{prelude}}
  (data (i32.const 3072) "{\"ok\":true")
  {{call}} (call $answer (i32.const 3072) (i32.const 10))))
