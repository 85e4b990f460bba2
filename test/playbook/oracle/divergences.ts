// Playbooks whose meaning here is not ansible-core's, with the reason; it stands at length in
// docs/ansible-differences.md.

export const divergences: ReadonlyMap<string, string> = new Map([
  ['check_mode_command', 'a command that check mode does not run is unknown, not skipped'],
  ['handlers_once', 'a handler with run_once runs once'],
  ['include_missing', 'an include of a file that is missing is a failure like any other'],
])
