// The commands about a cluster as the command line has them: the agent's, those that ask it, and
// those of operators. Not here: the other commands (cli.ts) and what these do.
import type { AgentFlags } from './agent.ts'
import type { ClusterFlags } from './cluster.ts'
import type { CommandContext } from './context.ts'
import type { DoctorFlags } from './doctor.ts'
import type { Flags } from './flags.ts'
import type { MembersFlags } from './members.ts'
import type { OperatorFlags } from './operator.ts'
import { OPTIONS, type Option } from './options.ts'
import type { RevokeFlags } from './revoke.ts'
import type { SeedFlags } from './seed.ts'

type Values = Record<string, unknown>
type Action = (words: readonly string[], flags: Values) => number | Promise<number>
type Add = (usage: string, about: string, options: readonly Option[], action: Action) => void
/** The flags of a command, of the shape that it asks for. */
type FlagsOf = <T extends { verbosity: number }>(values: Values) => T

/** A command's code is read when it is asked for. */
const load = {
  agent: () => import('./agent.ts'),
  members: () => import('./members.ts'),
  statement: () => import('./statement.ts'),
  doctor: () => import('./doctor.ts'),
  cluster: () => import('./cluster.ts'),
  operator: () => import('./operator.ts'),
  seed: () => import('./seed.ts'),
  revoke: () => import('./revoke.ts'),
  id: () => import('./id.ts'),
  key: () => import('./key.ts'),
}

/** The node's own process, and what it knows of its cluster. */
export function addAgentRows(add: Add, flagsOf: FlagsOf, context: CommandContext): void {
  add('agent', "This node's agent, as systemd starts it", OPTIONS.agent, async (_words, values) =>
    (await load.agent()).agentCommand(
      flagsOf<AgentFlags & Flags>(values),
      process.argv[1] ?? '',
      context,
    ),
  )
  const ask =
    (name: 'statusCommand' | 'membersCommand' | 'eventsCommand' | 'leaveCommand'): Action =>
    async (_words, values) =>
      (await load.members())[name](flagsOf<MembersFlags & Flags>(values), context)
  add('status', 'This node and its cluster in short', OPTIONS.status, ask('statusCommand'))
  add('members', 'Who is in the cluster', OPTIONS.members, ask('membersCommand'))
  add('member [node]', 'All about a member', OPTIONS.status, async (words, values) =>
    (await load.members()).memberCommand(words[0], flagsOf<MembersFlags & Flags>(values), context),
  )
  add('events', 'What happens to members, as it happens', OPTIONS.status, ask('eventsCommand'))
  add(
    'statement [action] [...files]',
    'Hand the cluster what an operator has signed: add FILE',
    OPTIONS.statement,
    async (words, values) =>
      (await load.statement()).statementCommand(
        words[0],
        words.slice(1),
        flagsOf<MembersFlags & Flags>(values),
        context,
      ),
  )
  add('metrics', "The agent's figures for Prometheus", OPTIONS.metrics, async (_words, values) =>
    (await load.statement()).metricsCommand(flagsOf<MembersFlags & Flags>(values), context),
  )
  add('reload', 'Have the agent read its settings anew', OPTIONS.reload, async (_words, values) =>
    (await load.statement()).reloadCommand(flagsOf<MembersFlags & Flags>(values), context),
  )
  add('doctor', "What is wrong with this node's joining", OPTIONS.doctor, async (_words, values) =>
    (await load.doctor()).doctorCommand(flagsOf<DoctorFlags & Flags>(values), context),
  )
  add('leave', 'Say good-bye to the cluster and end the agent', OPTIONS.leave, ask('leaveCommand'))
}

/** Commands of the operators of a cluster, which need no host and no agent. */
export function addOperatorRows(add: Add, flagsOf: FlagsOf, context: CommandContext): void {
  add(
    'cluster [action]',
    'Make a cluster, or give it another root key: init, rotate-root',
    OPTIONS.cluster,
    async (words, values) =>
      (await load.cluster()).clusterCommand(words[0], flagsOf<ClusterFlags>(values), context),
  )
  add(
    'operator [action] [name]',
    'Who may make seeds and revoke: add, list, revoke',
    OPTIONS.operator,
    async (words, values) =>
      (await load.operator()).operatorCommand(
        words[0],
        words[1],
        flagsOf<OperatorFlags>(values),
        context,
      ),
  )
  add(
    'seed [action] [name]',
    'Files by which machines join: create, list, revoke',
    OPTIONS.seed,
    async (words, values) =>
      (await load.seed()).seedCommand(words[0], words[1], flagsOf<SeedFlags>(values), context),
  )
  add('revoke [node]', 'Take a node out for good', OPTIONS.revoke, async (words, values) =>
    (await load.revoke()).revokeCommand(words[0], flagsOf<RevokeFlags>(values), context),
  )
  add(
    'key [purpose]',
    'The secret key of the tunnel, for a file',
    OPTIONS.id,
    async (words, values) =>
      (await load.key()).keyCommand(words[0], flagsOf<ClusterFlags>(values).identity, context),
  )
  add('id', 'Who this machine is, in public keys', OPTIONS.id, async (_words, values) =>
    (await load.id()).idCommand(flagsOf<ClusterFlags>(values).identity, context),
  )
}
