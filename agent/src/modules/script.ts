// script: a program of the controller, sent to the host and run there.
import { basename } from 'node:path'
import * as z from 'zod'
import { pathWord, quoteWord } from '../host/quote.ts'
import { complete } from './command.ts'
import { defineModule, known } from './module.ts'
import { path, text } from './params.ts'

export const script = defineModule({
  name: 'script',
  summary: 'Run a program of the controller on the host.',
  params: z.object({
    cmd: text().describe('the file of the controller, and arguments as a shell reads them'),
    creates: path().optional().describe('not run when this is there'),
    removes: path().optional().describe('not run unless this is there'),
    chdir: path().optional().describe('the folder to run in'),
    executable: text().optional().describe('a program that runs it, such as python3'),
    decrypt: text().optional().describe('accepted for playbooks that set it'),
  }),
  freeForm: 'cmd',
  effect: 'runs',
  returns: {
    rc: 'its exit code',
    stdout: 'its output',
    stdout_lines: 'its output, a list of lines',
    stderr: 'what it said on standard error',
    stderr_lines: 'the same, a list of lines',
  },
  examples: `- script: setup-disk.sh /dev/vdb
  args:
    creates: /dev/disk/by-label/data`,
  notes: ['The file lies in a private folder of the host while it runs, under its own name.'],
  probe: async (params, { host, controller, environment }) => {
    if (params.creates !== undefined && known(await host.stat(params.creates)) !== null) {
      return { skipReason: `${params.creates} exists, matching creates option` }
    }
    if (params.removes !== undefined && known(await host.stat(params.removes)) === null) {
      return { skipReason: `${params.removes} does not exist, matching removes option` }
    }
    const [, quoted, plain, rest = ''] =
      /^\s*(?:"([^"]+)"|'[^']+'|(\S+))(?:\s+([^]*))?$/.exec(params.cmd) ?? []
    const name = quoted ?? plain ?? /'([^']+)'/.exec(params.cmd)?.[1]
    if (name === undefined) return { failure: 'no script given' }
    const content = controller.readFile(controller.findFile(name, 'files'))
    const program = params.executable === undefined ? '' : `${params.executable} `
    const lines = [
      'd=$(umask 077; mktemp -d "${TMPDIR:-/tmp}/.cluster-os.XXXXXXXX") || exit 1',
      `trap 'rm -rf -- "$d"' EXIT; trap 'exit 143' HUP INT TERM`,
      `f=$d/${quoteWord(basename(name))}`,
      `base64 -d > "$f" <<'COS_END' && chmod 0700 "$f" || exit 1`,
      content.toString('base64'),
      'COS_END',
      ...(params.chdir === undefined ? [] : [`cd -- ${pathWord(params.chdir)} || exit 1`]),
      // What the program leaves unread of its input would be taken for lines of this script.
      `( ${program}"$f" ${rest.trim()}`,
      ') </dev/null; exit $?',
    ]
    return {
      run: { argv: ['/bin/sh', '-s'], stdin: `${lines.join('\n')}\n`, environment },
      isChanged: true,
      finish: ([ran]) => complete(ran, false),
    }
  },
})
