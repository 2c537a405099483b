;; Returns an error of its own: code not-found, retry never.
(module
  {{prelude}}
  (data (i32.const 3072) "no such thing")
  {{call}}
    (i32.store8 (i32.const 1024) (i32.const 1))
    (i32.store8 (i32.const 1028) (i32.const 2))
    (i32.store8 (i32.const 1029) (i32.const 0))
    (i32.store (i32.const 1032) (i32.const 0))
    (i32.store (i32.const 1040) (i32.const 3072))
    (i32.store (i32.const 1044) (i32.const 13))
    (i32.const 1024)))
