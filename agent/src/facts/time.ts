// The clock of the machine, how long it has been up, and how busy it is.
import { dictOf, type Fact, oneOf } from './fact.ts'

const FORMAT = '%Y %m %d %H %M %S %N %s %Z %z %A %w %W'
const UTC_FORMAT = '%Y-%m-%dT%H:%M:%S'

export const dateTime: Fact = {
  gives: oneOf('ansible_date_time'),
  subset: 'min',
  script: `LC_ALL=C date '+${FORMAT}'; LC_ALL=C date -u '+${UTC_FORMAT}'`,
  parse: (printed) => {
    const [local = '', utc = ''] = printed.split('\n')
    const [
      year = '',
      month = '',
      day = '',
      hour = '',
      minute = '',
      second = '',
      nano = '',
      epoch = '',
      tz = '',
      offset = '',
      weekday = '',
      weekdayNumber = '',
      weeknumber = '',
    ] = local.split(' ')
    // busybox knows no nanoseconds.
    const micro = /^\d{9}$/.test(nano) ? nano.slice(0, 6) : '000000'
    const date = `${year}-${month}-${day}`
    const time = `${hour}:${minute}:${second}`
    const basic = `${year}${month}${day}T${hour}${minute}${second}`
    return {
      ansible_date_time: dictOf({
        year,
        month,
        day,
        hour,
        minute,
        second,
        weekday,
        weekday_number: weekdayNumber,
        weeknumber,
        epoch,
        epoch_int: epoch,
        date,
        time,
        iso8601: `${utc}Z`,
        iso8601_micro: `${utc}.${micro}Z`,
        iso8601_basic: `${basic}${micro}`,
        iso8601_basic_short: basic,
        tz,
        tz_dst: tz,
        tz_offset: offset,
      }),
    }
  },
}

export const uptime: Fact = {
  gives: oneOf('ansible_uptime_seconds'),
  subset: 'hardware',
  script: 'cat /proc/uptime',
  parse: (printed) => ({ ansible_uptime_seconds: Math.floor(Number.parseFloat(printed)) }),
}

export const load: Fact = {
  gives: oneOf('ansible_loadavg'),
  subset: 'min',
  script: 'cat /proc/loadavg',
  parse: (printed) => {
    const [one = '', five = '', fifteen = ''] = printed.split(' ')
    const dict = { '1m': Number(one), '5m': Number(five), '15m': Number(fifteen) }
    return { ansible_loadavg: dictOf(dict) }
  },
}
