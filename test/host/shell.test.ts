// Goal: one shell answers every question with its own output, exit code and nothing else. Method:
// the real /bin/sh of this machine through the local transport.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import fc from 'fast-check'
import { ClusterError } from '../../agent/src/errors.ts'
import { writeFile } from '../../agent/src/host/files.ts'
import { localTransport } from '../../agent/src/host/local.ts'
import { quoteWord } from '../../agent/src/host/quote.ts'
import { RealHost } from '../../agent/src/host/real.ts'
import { Session } from '../../agent/src/host/session.ts'
import { Shell } from '../../agent/src/host/shell.ts'
import { suite } from '../harness.ts'

const test = suite('host/shell')

const folder = mkdtempSync(join(tmpdir(), 'cluster-os-shell-'))
const transport = localTransport('here')
const session = new Session(transport, undefined)
const host = new RealHost(session, 'here')

test.after(() => {
  session.close()
  transport.close()
  rmSync(folder, { recursive: true })
})

test('output, errors and exit codes of a command are told apart', async () => {
  const { times, ...result } = await host.exec({ script: 'echo out; echo err >&2; exit 3' })
  assert.ok(times !== undefined && times.startMs <= times.endMs)
  assert.deepEqual(
    { ...result, stdout: result.stdout.toString(), stderr: result.stderr.toString() },
    { rc: 3, stdout: 'out\n', stderr: 'err\n' },
  )
})

test('bytes come through as they are, three megabytes of them too', async () => {
  const every = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const octal = [...every].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`).join('')
  const result = await host.exec({ script: `printf '${octal}'` })
  assert.deepEqual(result.stdout, every)
  const large = await host.exec({ argv: ['head', '-c', '3000000', '/dev/zero'] })
  assert.equal(large.stdout.length, 3_000_000)
})

test('questions sent together are answered in their order', async () => {
  const numbers = Array.from({ length: 40 }, (_, index) => index)
  const answers = await Promise.all(numbers.map((n) => host.ask(`echo ${n}`)))
  assert.deepEqual(
    answers.map(({ stdout }) => Number(stdout.toString())),
    numbers,
  )
})

test('a command that reads standard input finds it empty', async () => {
  assert.equal((await host.exec({ argv: ['cat'] })).rc, 0)
})

test('a command that hangs is ended with all it started, and the next one runs', async () => {
  const mark = `7${Date.now() % 100_000}.5`
  await assert.rejects(
    host.exec({ script: `sleep ${mark} & sleep ${mark}; wait`, limitMs: 1_500 }),
    (error: ClusterError) => error.code === 'TIMEOUT',
  )
  // The brackets keep the search from finding itself.
  const search = `grep -a -s 'sleep.[7]${mark.slice(1)}' /proc/[0-9]*/cmdline`
  const left = await host.exec({ script: search })
  assert.equal(left.stdout.toString(), '')
  assert.equal((await host.exec({ argv: ['true'] })).rc, 0)
})

test('a process left behind does not write into later answers', async () => {
  await host.exec({ script: '(sleep 0.05; echo stray; echo stray >&2) &' })
  const result = await host.exec({ script: 'sleep 0.2; echo mine' })
  assert.equal(result.stdout.toString(), 'mine\n')
  assert.equal(result.stderr.toString(), '')
})

test('what came before a question is no part of its answer', async () => {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()]
  const ended = new Promise<never>(() => undefined)
  const shell = new Shell({ stdin, stdout, stderr, ended, close: () => undefined })
  stdin.once('data', (asked: Buffer) => {
    const mark = /printf '([^<]+)</.exec(asked.toString('utf8'))?.[1] ?? ''
    stdout.write(`stray words ${mark}<\nanswer\n${mark}>0\n`)
    stderr.write(`stray complaint\n${mark}<\n${mark}>\n`)
  })
  const answer = await shell.run('echo answer', 1_000)
  assert.equal(answer.stdout.toString(), 'answer\n')
  assert.equal(answer.stderr.toString(), '')
})

test('a shell that goes away is unreachable, and the next task gets a new one', async () => {
  await assert.rejects(
    host.ask('kill -9 $$'),
    (error: ClusterError) => error.code === 'UNREACHABLE',
  )
  assert.equal((await host.exec({ argv: ['true'] })).rc, 0)
})

test('any text is one word for dash and for bash', async () => {
  const texts = fc.sample(fc.string({ unit: 'binary', maxLength: 40 }), 60)
  for (const shell of ['/bin/sh', '/bin/bash']) {
    for (const text of texts.map((sample) => sample.replaceAll('\0', ''))) {
      const result = await host.exec({ shell, script: `printf %s ${quoteWord(text)}` })
      assert.equal(result.stdout.toString('utf8'), Buffer.from(text, 'utf8').toString('utf8'))
    }
  }
})

test('a file appears whole, with its mode, whatever it holds', async () => {
  const identity = await host.identity()
  const contents = [
    'text\n',
    'it\'s $HOME `id` $(id) \\ "x" {{ y }}\n',
    '',
    Buffer.from([0, 255, 10, 39]),
    Buffer.alloc(300_000, 'abc\0'),
  ].map((content) => Buffer.from(content))
  for (const [index, content] of contents.entries()) {
    const path = join(folder, `file ${index}'"$`)
    await host.apply(
      writeFile({
        path,
        content,
        mode: 0o640,
        before: null,
        identity,
        uid: identity.uid,
        gid: identity.gid,
        owner: identity.user,
        group: identity.group,
      }),
    )
    assert.deepEqual(readFileSync(path), content)
    assert.equal(statSync(path).mode & 0o7777, 0o640)
  }
})

test('environment variables reach the programs of a change', async () => {
  const change = { summary: 'print it', script: 'printf %s "$http_proxy"', effects: [] }
  const ran = await host.apply(change, { http_proxy: "it's $HOME" })
  assert.equal(ran.stdout.toString(), "it's $HOME")
  await assert.rejects(host.apply(change, { 'a b': '1' }), /is not a name/)
})

test('a write that is refused by its check leaves the old file and no temporary one', async () => {
  const identity = await host.identity()
  const path = join(folder, 'checked')
  const wish = {
    path,
    mode: 0o600,
    identity,
    uid: identity.uid,
    gid: identity.gid,
    owner: identity.user,
    group: identity.group,
  }
  await host.apply(writeFile({ ...wish, content: Buffer.from('good\n'), before: null }))
  await assert.rejects(
    host.apply(
      writeFile({ ...wish, content: Buffer.from('bad\n'), before: null, validate: 'grep good %s' }),
    ),
    /validation failed/,
  )
  assert.equal(readFileSync(path, 'utf8'), 'good\n')
  const names = await host.list(folder)
  assert.deepEqual(
    names.filter((name) => name.includes('.cos-')),
    [],
  )
})

test.run()
