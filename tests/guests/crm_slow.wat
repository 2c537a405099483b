;; Reads the record on which the stories' CRM never answers.
(module
  (import "skillgate:skill/crm@0.1.0" "get" (func $get (param i32 i32 i32 i32)))
  {{prelude}}
  (data (i32.const 3072) "00000000-0000-4000-8000-00000000510b")
  {{call}}
    (call $get (i32.const 0) (i32.const 3072) (i32.const 36) (i32.const 4096))
    (call $ok)))
