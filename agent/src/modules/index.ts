// The list of modules. A module is one file and one line here; docs, completion, lint and the
// editor's schema follow. Not here: `meta`, includes and imports, which are the play's own.
import { validateArgumentSpec } from './argspec.ts'

import { assemble } from './assemble.ts'
import { authorizedKey } from './authorizedkey.ts'
import { blockinfile } from './blockinfile.ts'
import { command, raw, shell } from './command.ts'
import { copy } from './copy.ts'
import { fetch } from './fetch.ts'
import { file } from './file.ts'
import { find } from './find.ts'
import { getUrl } from './geturl.ts'
import { git } from './git.ts'
import { group } from './group.ts'
import { iniFile } from './inifile.ts'
import { knownHosts } from './knownhosts.ts'
import { lineinfile } from './lineinfile.ts'
import { assert, debug, fail } from './messages.ts'
import type { Module } from './module.ts'
import { apt, packageModule } from './package.ts'
import { ping } from './ping.ts'
import { replace } from './replace.ts'
import { script } from './script.ts'
import { service, systemd } from './service.ts'
import { setup } from './setup.ts'
import { slurp } from './slurp.ts'
import { stat } from './stat.ts'
import { sysctl } from './sysctl.ts'
import { tempfile } from './tempfile.ts'
import { template } from './template.ts'
import { unarchive } from './unarchive.ts'
import { uri } from './uri.ts'
import { user } from './user.ts'
import { includeVars, setFact } from './variables.ts'
import { waitFor } from './waitfor.ts'

const LIST: readonly Module[] = [
  apt,
  script,
  knownHosts,
  iniFile,
  fetch,
  authorizedKey,
  assemble,
  tempfile,
  replace,
  find,
  blockinfile,
  assert,
  command,
  copy,
  debug,
  fail,
  file,
  getUrl,
  git,
  group,
  includeVars,
  lineinfile,
  packageModule,
  ping,
  raw,
  service,
  setFact,
  setup,
  shell,
  slurp,
  stat,
  sysctl,
  systemd,
  template,
  unarchive,
  uri,
  user,
  validateArgumentSpec,
  waitFor,
]

export const MODULES: ReadonlyMap<string, Module> = new Map(
  LIST.map((module) => [module.name, module]),
)

const PREFIXES = ['ansible.builtin.', 'ansible.legacy.', 'ansible.posix.', 'community.general.']

/** The module of a name, which may be a fully qualified one. */
export function findModule(name: string): Module | undefined {
  const prefix = PREFIXES.find((start) => name.startsWith(start)) ?? ''
  return MODULES.get(name.slice(prefix.length))
}
