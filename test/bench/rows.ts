// The rows of the benchmark as a table. Timing and telling them is in bench.ts and report.ts.
import type { Job, PeerName } from './peers.ts'

export interface Row {
  /** What ROWS= chooses by. */
  readonly id: string
  readonly title: string
  readonly playbook: Job['playbook']
  readonly on: { readonly nodes: number } | { readonly sshds: number } | { readonly farMs: number }
  /** Bare hosts before every run; else everything has been done once before. */
  readonly isFresh?: true
  readonly isPlan?: true
  /** Long rows are not repeated as often as ROUNDS= says. */
  readonly maxRounds?: number
  /** Who does not take part. */
  readonly without?: readonly PeerName[]
  /** How it was done and who is left out why, or why we lose; it stands above the table. */
  readonly remark?: string
  /** The time of mitogen divided by ours is to be at least this. */
  readonly goal: number
}

const FAR = 'the round trip, by a relay on the controller that holds back both directions'
const NO_ROLES = 'pyinfra has no roles of Ansible'

export const ROWS: readonly Row[] = [
  { id: 'a', title: 'A converged, 1 host', playbook: 'a', on: { nodes: 1 }, goal: 3 },
  {
    id: 'a-fresh',
    title: 'A fresh, 1 host',
    playbook: 'a',
    on: { nodes: 1 },
    isFresh: true,
    goal: 3,
  },
  {
    id: 'a-plan',
    title: 'plan of A, converged, 1 host',
    playbook: 'a',
    on: { nodes: 1 },
    isPlan: true,
    goal: 3,
  },
  {
    id: 'a-10ms',
    title: 'A converged, 10 ms away',
    playbook: 'a',
    on: { farMs: 10 },
    remark: FAR,
    goal: 3,
  },
  {
    id: 'a-50ms',
    title: 'A converged, 50 ms away',
    playbook: 'a',
    on: { farMs: 50 },
    remark:
      `${FAR}. Ours loses its lead there: a host without an agent is asked one question at a time, ` +
      'the next task when the one before is answered, 48 round trips or 2.4 s of the 3.4 s; mitogen ' +
      'waits about as long and adds its own 3 s of work, which distance does not change',
    goal: 3,
  },
  { id: 'b', title: 'B, 100 commands, 1 host', playbook: 'b', on: { nodes: 1 }, goal: 3 },
  {
    id: 'e-fresh',
    title: 'E, roles from a bare host',
    playbook: 'e',
    on: { nodes: 1 },
    isFresh: true,
    without: ['pyinfra'],
    remark: NO_ROLES,
    goal: 3,
  },
  {
    id: 'e',
    title: 'E converged, 1 host',
    playbook: 'e',
    on: { nodes: 1 },
    without: ['pyinfra'],
    remark: NO_ROLES,
    goal: 3,
  },
  { id: 'a10', title: 'A converged, 10 hosts', playbook: 'a', on: { nodes: 10 }, goal: 8 },
  {
    id: 'a10-fresh',
    title: 'A fresh, 10 hosts',
    playbook: 'a',
    on: { nodes: 10 },
    isFresh: true,
    maxRounds: 2,
    goal: 3,
  },
  {
    id: 'a50',
    title: 'A converged, 50 hosts',
    playbook: 'a',
    on: { sshds: 50 },
    maxRounds: 1,
    without: ['ansible, pipelined'],
    remark:
      '50 sshds on one container, each with a port and a mount namespace of its own; ' +
      'pipelined Ansible, a minute on 10 hosts, is left out',
    goal: 3,
  },
]

/** A digest of names, modes, owners, links and contents below the paths. */
const tree = (paths: string): string =>
  `find ${paths} | sort | while read -r f; do stat -c '%N %a %U %G' "$f"; [ -f "$f" ] && cat "$f"; done`

const E_PATHS =
  '/etc/bench /opt/bench /var/lib/bench /srv/benchapp /srv/benchjob /etc/profile.d/bench.sh ' +
  '/etc/security/limits.d/bench.conf /etc/systemd/system/bench-app.service ' +
  '/etc/systemd/system/bench-app.service.d'

interface Ground {
  /** Makes the host bare again. */
  readonly reset: string
  /** Prints all that the playbook answers for. */
  readonly state: string
}

export const GROUNDS: Readonly<Record<Job['playbook'], Ground>> = {
  a: { reset: 'rm -rf /srv/bench', state: tree('/srv/bench') },
  b: { reset: 'true', state: 'true' },
  e: {
    reset:
      'systemctl disable -q --now bench-app 2>/dev/null; for u in benchapp benchjob; do ' +
      'id -u $u >/dev/null 2>&1 && userdel $u; done; for g in benchers benchjobs; do ' +
      `getent group $g >/dev/null && groupdel $g; done; rm -rf ${E_PATHS}; systemctl daemon-reload`,
    state:
      `${tree(E_PATHS)}; getent passwd benchapp benchjob; getent group benchers benchjobs; ` +
      'systemctl is-enabled bench-app; systemctl is-active bench-app',
  },
}
