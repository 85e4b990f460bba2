// The agent's figures as Prometheus reads them. Names follow its rules: a prefix, the unit last,
// `_total` for what only rises. Not here: who may read them.

export interface Figures {
  readonly members: Readonly<Record<string, number>>
  readonly ignored: ReadonlyMap<string, number>
  readonly failures: ReadonlyMap<string, number>
  /** Sealed messages by type. */
  readonly messages: ReadonlyMap<string, number>
  readonly statements: ReadonlyMap<string, number>
  readonly sentBytes: number
  readonly sentDatagrams: number
  readonly rumours: number
  readonly uptimeMs: number
}

export function metricsText(figures: Figures): string {
  return [
    ...metric('members', 'gauge', 'Members by state', 'state', Object.entries(figures.members)),
    ...metric('ignored_total', 'counter', 'Input not taken, by reason', 'reason', figures.ignored),
    ...metric('send_failures_total', 'counter', 'Datagrams not sent', 'error', figures.failures),
    ...metric('sent_messages_total', 'counter', 'Messages sent', 'type', figures.messages),
    ...metric('sent_statements_total', 'counter', 'Statements sent', 'kind', figures.statements),
    ...metric('sent_bytes_total', 'counter', 'Payload of datagrams sent', '', [
      ['', figures.sentBytes],
    ]),
    ...metric('sent_datagrams_total', 'counter', 'Datagrams sent', '', [
      ['', figures.sentDatagrams],
    ]),
    ...metric('news_waiting', 'gauge', 'Statements waiting to be told on', '', [
      ['', figures.rumours],
    ]),
    ...metric('uptime_seconds', 'gauge', 'Since the agent started', '', [
      ['', Math.floor(figures.uptimeMs / 1000)],
    ]),
    '',
  ].join('\n')
}

function metric(
  name: string,
  type: 'gauge' | 'counter',
  about: string,
  label: string,
  values: Iterable<readonly [string, number]>,
): string[] {
  const full = `cluster_os_${name}`
  const lines = [...values].map(([value, number]) =>
    label === '' ? `${full} ${number}` : `${full}{${label}="${value}"} ${number}`,
  )
  return [`# HELP ${full} ${about}`, `# TYPE ${full} ${type}`, ...lines]
}
