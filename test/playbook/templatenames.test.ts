// Goal: a template sees where it lies, whose it is and when it was changed, under Ansible's names,
// and its mark tells the same. Method: the module and the lookup on this machine, with settings
// of a file; the answers are those that ansible-core 2.14 gave to the same play.
import assert from 'node:assert/strict'
import { utimesSync } from 'node:fs'
import { hostname, userInfo } from 'node:os'
import { join } from 'node:path'
import { suite } from '../harness.ts'
import { runLocal } from './local.ts'

const test = suite('playbook/templatenames')

const MARK = 'Managed: {file} of %Y-%m-%d %H:%M:%S by {uid} on {host}, {{x}} %q 100%'
const NAMES = ['path', 'host', 'uid', 'fullpath', 'destpath', 'mtime']
const TEXT = [
  '{{ ansible_managed }}',
  '{{ header }}',
  ...NAMES.map((name) => `{{ template_${name} }}`),
  '{{ template_mtime.year }} {{ template_run_date >= template_mtime }}',
].join('\n')
const WRITTEN = new Date(2020, 1, 3, 4, 5, 6)

/** What the template's text became, with the folder as FOLDER. */
async function seen(task: object, ...args: string[]): Promise<string[]> {
  const tried = await runLocal({
    files: { 'templates/t.j2': TEXT },
    prepare: (folder) => {
      utimesSync(join(folder, 'templates/t.j2'), WRITTEN, WRITTEN)
    },
    settings: `[defaults]\nansible_managed = ${MARK}\n`,
    args,
    plays: [
      {
        vars: { header: '# {{ ansible_managed }}', ansible_managed: 'of the play' },
        tasks: [
          { name: 'folder', debug: { msg: '{{ playbook_dir }}' } },
          task,
          { name: 'look', debug: { msg: "{{ lookup('file', folder ~ '/out') }}" } },
        ],
      },
    ],
  })
  assert.equal(tried.exitCode, 0, tried.stdout + tried.stderr)
  const told = (name: string): string => tried.rows.find(({ task: own }) => own === name)?.msg ?? ''
  return told('look').replaceAll(told('folder'), 'FOLDER').split('\n')
}

function expected(file: string, dest: string): string[] {
  const [owner, host] = [userInfo().username, hostname()]
  const mark = `Managed: ${file} of 2020-02-03 04:05:06 by ${owner} on ${host}, {x} %q 100%`
  const names = [file, host, owner, 'FOLDER/templates/t.j2', dest, '2020-02-03 04:05:06']
  return [mark, `# ${mark}`, ...names, '2020 True']
}

const dest = '{{ folder }}/out'

test('a template of the module is called as the task calls it', async () => {
  const short = await seen({ template: { src: 't.j2', dest } })
  assert.deepEqual(short, expected('t.j2', 'FOLDER/out'))
  const whole = await seen({ template: { src: '{{ folder }}/templates/t.j2', dest } })
  assert.deepEqual(whole, expected('FOLDER/templates/t.j2', 'FOLDER/out'))
})

test('what the template sees wins over variables of the same name', async () => {
  const lines = await seen({ template: { src: 't.j2', dest } }, '-e', 'template_path=mine')
  assert.deepEqual(lines, expected('t.j2', 'FOLDER/out'))
})

const copy = (call: string): object => ({ copy: { content: `{{ lookup(${call}) }}`, dest } })

test('a template of a lookup goes nowhere, and its own variables win', async () => {
  assert.deepEqual(await seen(copy("'template', 't.j2'")), expected('t.j2', ''))
  const own = "'template', 't.j2', template_vars={'template_path': 'mine'}"
  assert.deepEqual((await seen(copy(own)))[2], 'mine')
})

test('elsewhere the names are variables like all others', async () => {
  const names = '{{ ansible_managed }} {{ template_path | default("none") }}'
  assert.deepEqual(await seen({ copy: { content: names, dest } }), ['of the play none'])
})

test.run()
