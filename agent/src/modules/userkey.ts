// The SSH key pair of an account: where it is, and how it is made. Not here: the account (user.ts).
import type { Change } from '../host/change.ts'
import type { UserState } from '../host/host.ts'
import { quoteWord, quoteWords } from '../host/quote.ts'
import { Unknown } from '../value/value.ts'
import { known, type ModuleContext } from './module.ts'

interface KeyParams {
  readonly name: string
  readonly home?: string | undefined
  readonly ssh_key_file?: string | undefined
  readonly ssh_key_type: string
  readonly ssh_key_bits?: number | undefined
  readonly ssh_key_comment?: string | undefined
  readonly ssh_key_passphrase?: string | undefined
}

export function keyFile(params: KeyParams, home: string): string {
  const file = params.ssh_key_file ?? `.ssh/id_${params.ssh_key_type}`
  return file.startsWith('/') ? file : `${home}/${file}`
}

export async function planKey(
  params: KeyParams,
  state: UserState | null,
  { host }: ModuleContext,
): Promise<Change[]> {
  const home = state?.home ?? params.home ?? `/home/${params.name}`
  const file = keyFile(params, home)
  if (state !== null && known(await host.stat(file)) !== null) return []
  const comment = params.ssh_key_comment ?? `ansible-generated on ${host.name}`
  const make = quoteWords([
    'ssh-keygen',
    '-q',
    '-t',
    params.ssh_key_type,
    ...(params.ssh_key_bits === undefined ? [] : ['-b', String(params.ssh_key_bits)]),
    ...(params.ssh_key_passphrase === undefined ? ['-N', ''] : []),
    '-C',
    comment,
    '-f',
    file,
  ])
  const name = quoteWord(params.name)
  const folder = quoteWord(file.replace(/\/[^/]*$/, ''))
  return [
    {
      summary: `make an SSH key for ${params.name}`,
      script: [
        `g=$(id -gn -- ${name}) || exit 1`,
        `[ -d ${folder} ] || install -d -m 0700 -o ${name} -g "$g" -- ${folder} || exit 1`,
        ...makeLines(make, params.ssh_key_passphrase),
        `chown ${name}:"$g" -- ${quoteWord(file)} ${quoteWord(`${file}.pub`)}`,
      ].join('\n'),
      effects: [
        {
          kind: 'taint',
          words: [file, `${file}.pub`],
          reason: new Unknown('the key is not made yet', host.name),
        },
      ],
    },
  ]
}

/** ssh-keygen asks a program for the words: as an argument every process could read them. */
function makeLines(make: string, passphrase: string | undefined): string[] {
  if (passphrase === undefined) return [`${make} </dev/null || exit 1`]
  return [
    'a=$(mktemp "${TMPDIR:-/tmp}/.cluster-os.XXXXXXXX") || exit 1',
    `trap 'rm -f -- "$a"' EXIT; trap 'exit 143' HUP INT TERM`,
    `printf '%s\\n' '#!/bin/sh' 'printf "%s\\n" "$COS_WORDS"' > "$a" && chmod 0700 "$a" || exit 1`,
    `COS_WORDS=${quoteWord(passphrase)} SSH_ASKPASS="$a" SSH_ASKPASS_REQUIRE=force ${make} </dev/null || exit 1`,
  ]
}
