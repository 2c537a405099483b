;; Never answers.
(module
  {{prelude}}
  {{call}} (loop $again (br $again)) (unreachable)))
