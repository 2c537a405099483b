;; Asks for the time for ever.
(module
  (import "skillgate:skill/clock@0.1.0" "now-ms" (func $now (result i64)))
  {{prelude}}
  {{call}} (loop $again (drop (call $now)) (br $again)) (unreachable)))
