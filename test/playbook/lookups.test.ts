// Goal: lookups that reach outside answer as ansible-core 2.14 does. Method: calls with its answers
// lie in lookups.json; a failure there is {"fails": true}.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/lookups', { timeoutMs: 30_000 })

const CASES = JSON.parse(
  readFileSync(join(import.meta.dirname, 'lookups.json'), 'utf8'),
) as readonly (readonly [string, unknown])[]

const FILES: Readonly<Record<string, string>> = {
  'files/t.csv': 'a,1,x\nb,2,"y,z"\n"c c",3,w\n',
  'files/ansible.csv': 'a\t1\nb\t2\n',
  'files/u.ini': [
    '[global]\nuser=bob\nPort = 22\n; c\nnote: many\n words\n',
    '[int]\nuser = eve\nflag\n',
  ].join(''),
  'files/p.properties': 'x.y=1\nz = two words\n',
  'files/f.txt': '  lead\ntail  \n\n',
  'templates/t.j2': '{{ v }}-{{ w | default("no") }}\n',
  'templates/l.j2': '[1, 2]\n',
  'templates/m.j2': '<% v %>\n',
}

const GROUPS = {
  groups: '[g]\nh1\nh2\n[k]\nh3\n',
}

test(`${CASES.length} calls answer as in ansible-core`, async () => {
  const tasks = CASES.map(([call], index) => ({
    name: `c${index}`,
    debug: { msg: `{{ ${call} }}` },
    ignore_errors: true,
  }))
  const vars = { v: 'V', zz_one: 1, zz_two: '2' }
  const tried = await runLocal({
    files: { ...FILES, ...GROUPS },
    hosts: { h1: {} },
    plays: [{ hosts: 'h1', vars, tasks }],
    args: ['-i', 'FOLDER/groups'],
  })
  const { plays } = JSON.parse(tried.stdout) as {
    plays: { tasks: { task: { name: string }; hosts: Record<string, Answer> }[] }[]
  }
  const said = new Map(plays[0]?.tasks.map(({ task, hosts }) => [task.name, hosts['h1']]))
  for (const [index, [call, answer]] of CASES.entries()) {
    const own = said.get(`c${index}`)
    const found = own?.failed === true ? { fails: true } : own?.msg
    assert.deepEqual(found, answer, `${call}: ${JSON.stringify(own)}`)
  }
})

interface Answer {
  readonly failed?: boolean
  readonly msg?: unknown
}

test('a password is made once, kept for its owner alone, and not made in check mode', async () => {
  const play = {
    vars: { made: "{{ lookup('password', 'secrets/pw length=9 chars=digits') }}" },
    tasks: [{ assert: { that: ['made is match("^[0-9]{9}$")', 'made == made'] } }],
  }
  let folder = ''
  const prepare = (own: string): void => {
    folder = own
  }
  const checked = await runLocal({ plays: [play], args: ['--check'], prepare })
  assert.equal(checked.exitCode, 0, checked.stderr)
  const look = {
    command: { argv: ['stat', '-c', '%a', '{{ folder }}/secrets/pw'] },
    register: 'seen',
  }
  const tasks = [...play.tasks, look, { assert: { that: "seen.stdout == '600'" } }]
  const tried = await runLocal({ plays: [{ ...play, tasks }], prepare })
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
  assert.ok(!existsSync(join(folder, 'secrets/pw')))
})

test('a lookup that does not exist is told before anything runs', async () => {
  const tasks = [{ debug: { msg: "{{ lookup('pip', 'x') }}" } }]
  const tried = await runLocal({ plays: [{ tasks }] })
  assert.equal(tried.exitCode, 65)
  assert.match(tried.stderr, /the lookup pip is not supported[^]*did you mean pipe/)
})

test.run()
