;; Wants more than one memory in a module.
(module
  {{prelude}}
  (memory $second 1)
  (memory $third 1)
  {{call}} (call $ok)))
