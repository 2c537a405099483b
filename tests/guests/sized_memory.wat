;; Grows its two pages to 16 (1 MiB) when its input is {}, and by one page more otherwise; gives up when refused.
(module
  {{prelude}}
  {{call}}
    (if (i32.eq
          (memory.grow (i32.add (i32.const 14) (i32.ne (local.get $input_bytes) (i32.const 2))))
          (i32.const -1))
      (then (unreachable)))
    (call $ok)))
