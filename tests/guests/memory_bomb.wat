;; Grows its memory until it is refused, then gives up.
(module
  {{prelude}}
  {{call}}
    (loop $again (br_if $again (i32.ne (memory.grow (i32.const 16)) (i32.const -1))))
    (unreachable)))
