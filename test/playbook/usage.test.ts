// Goal: ansible-core has been asked about the whole language. Method: what the tables of the engine
// name (keywords by place, actions, their words, modules) is looked for in the playbooks of the
// oracles. Not here: whether the answers are ours (oracle.test.ts, test/lab/modules.test.ts).
import assert from 'node:assert/strict'
import { MODULES } from '../../agent/src/modules/index.ts'
import { allKeywords, findKeyword } from '../../agent/src/playbook/keywords.ts'
import { BRINGING, META_WORDS, PLAY_ACTIONS } from '../../agent/src/playbook/playactions.ts'
import { LOOKUPS, LOOP_CONTROL } from '../../agent/src/playbook/withloop.ts'
import { suite } from '../harness.ts'
import { playbookFiles, usage } from './oracle/usage.ts'

const test = suite('playbook/usage')

/** What ansible-core cannot be asked about, each with its reason. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ['import_role: public', 'ansible-core 2.14 has it for include_role only'],
  ['module: apt_key', 'the node has no apt-key, as newer systems have not'],
  ['module: hostname', "Docker's names of nodes are not the system's to change"],
  ['module: modprobe', 'nodes of the lab have no modules of their own'],
  ['module: reboot', 'a node that restarts is asked in test/lab/reboot.test.ts'],
  ['module: deb822_repository', 'ansible-core 2.14 has none'],
  ['module: dnf', 'the lab has no host with RPM'],
  ['module: yum', 'the lab has no host with RPM'],
])

const KEYWORDS = allKeywords().flatMap(({ name, levels }) =>
  // `on_unreachable` is a keyword of ours alone.
  name === 'on_unreachable' ? [] : levels.map((level) => `${level}: ${name}`),
)

function choices(name: 'strategy' | 'order'): string[] {
  return (findKeyword(name, 'play')?.choices ?? []).map((choice) => `${name}: ${choice}`)
}

const ARGUMENTS = BRINGING.flatMap((action) =>
  Object.keys(PLAY_ACTIONS.get(action)?.params ?? {}).map((name) => `${action}: ${name}`),
)

const TABLES: Readonly<Record<string, readonly string[]>> = {
  keywords: KEYWORDS,
  'strategies and orders': [...choices('strategy'), ...choices('order')],
  'words of meta': Object.keys(META_WORDS).map((word) => `meta: ${word}`),
  'actions of the play': [...PLAY_ACTIONS.keys()].map((name) => `action: ${name}`),
  'arguments of includes and imports': ARGUMENTS,
  'words of loop_control': Object.keys(LOOP_CONTROL).map((word) => `loop_control: ${word}`),
  'loops in the old spelling': LOOKUPS.map((name) => `with_${name}`),
  'keywords of import_playbook': ['name', 'vars', 'when', 'tags'].map(
    (name) => `import_playbook: ${name}`,
  ),
  modules: [...MODULES.keys()].map((name) => `module: ${name}`),
}

const used = usage()

for (const [name, wanted] of Object.entries(TABLES)) {
  test(`playbooks of the oracle use all ${name}`, () => {
    const missing = wanted.filter((word) => !used.has(word) && !EXCEPTIONS.has(word))
    assert.deepEqual(missing, [])
  })
}

test('no exception is used after all, or unknown', () => {
  const words = Object.values(TABLES).flat()
  for (const word of EXCEPTIONS.keys()) assert.ok(words.includes(word) && !used.has(word), word)
})

test('there are at least 150 playbooks', () => {
  assert.ok(playbookFiles().length >= 150, `${playbookFiles().length} playbooks`)
})

test.run()
