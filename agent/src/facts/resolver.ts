// Name servers, as /etc/resolv.conf has them.
import type { Value } from '../value/value.ts'
import { dictOf, type Fact, oneOf } from './fact.ts'

export const resolver: Fact = {
  gives: oneOf('ansible_dns'),
  subset: 'min',
  script: 'cat /etc/resolv.conf',
  parse: (printed) => {
    const dns: Record<string, Value> = {}
    const servers: Value[] = []
    for (const line of printed.split('\n')) {
      const [word = '', ...rest] = line.trim().split(/\s+/)
      if (word === 'nameserver') servers.push(...rest)
      else if (word === 'domain' && rest[0] !== undefined) dns['domain'] = rest[0]
      else if (word === 'search' || word === 'sortlist') dns[word] = rest
      else if (word === 'options') dns['options'] = new Map(rest.map(option))
    }
    if (servers.length > 0) dns['nameservers'] = servers
    return { ansible_dns: dictOf(dns) }
  },
}

function option(word: string): [Value, Value] {
  const [name = '', value] = word.split(':')
  return [name, value ?? true]
}
