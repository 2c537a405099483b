;; Never even starts.
(module
  {{prelude}}
  (func $start (loop $again (br $again)))
  (start $start)
  {{call}} (call $ok)))
