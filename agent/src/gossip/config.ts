// What the protocol is tuned by. Each constant tells its formula and what it trades. Not here:
// bounds of the wire format (wire/), which are part of the protocol's version.

/** One member is probed in each; shorter finds crashes sooner and costs 2 packets more a second. */
export const PROBE_INTERVAL_MS = 1000
/**
 * Direct tries after the start of a probe: at 25 % loss all five fail once in 62 (0.4375^5), and
 * with three that are asked once in 190 (each fails by 1 - 0.75^4); a second strike follows.
 */
export const TRY_AT_MS: readonly number[] = [0, 110, 220, 330, 440]
/** When others are asked to ping: most answers of a LAN have come long before. */
export const INDIRECT_AT_MS = 300
export const ASKED_TO_PING = 3
/**
 * An answer by way of another may take one round trip more than the last direct try. Where answers
 * are slow it is longer, as the pace of late ones says.
 */
export const PROBE_TIMEOUT_MS = 700
/** An answer that comes so long after its probe still shows that the member is there. */
export const LATE_ANSWER_MS = 30_000
/** How long who was asked waits for the target before it says nack. */
export const HELP_TIMEOUT_MS = 350

/** Accusers it takes; one alone may be the one who is cut off. */
export const ACCUSERS_LEAST = 2
/** Hearers of an accusation who probe the accused themselves, all in all. */
export const CONFIRMING_PROBERS = 6
/**
 * Least time from the first accusation to death: a refutation needs two ways through the cluster.
 */
export const SUSPICION_LEAST_MS = 800
/** A lone accuser holds a node dead in its own view after this time without another to accuse. */
export const LONE_ACCUSER_MS = 10_000
/** An accusation that finds no second accuser is forgotten. */
export const SUSPICION_FORGOTTEN_MS = 15_000

/** News go to this many; with 4 all of 10 members have them after two hops. */
export const FANOUT = 4
/** When news are sent on after they came, then every SPREAD_INTERVAL_MS. */
export const SPREAD_AT_MS: readonly number[] = [10, 40, 100]
export const SPREAD_INTERVAL_MS = 200
/** Times news are sent: as many as memberlist's RetransmitMult of 4 gives. */
export function spreadLimit(members: number): number {
  return 4 * Math.ceil(Math.log10(members + 1))
}
/**
 * So many news within STORM_MS are a storm, as when a whole room is switched on. Each is then sent
 * once to STORM_FANOUT members, in steps so that datagrams are full, by who has not heard it from
 * KNOWN_FROM others before; what is missed is found by comparing.
 */
export function stormFrom(members: number): number {
  return 8 + Math.ceil(members / 25)
}
export const STORM_MS = 5000
/** Times as long as usual that a round of probes takes in it, */
export const STORM_PERIODS = 3
/** and that answers may take: where all who start ask one of few machines, they take seconds. */
export const STORM_SLOWNESS = 10
export const STORM_FANOUT = 3
export const KNOWN_FROM = 3
/** What may wait goes in steps, together with what comes until then. */
export const STEP_MS = 250
/**
 * Statements waiting to be sent on; one place for each subject and kind bounds it by members too.
 */
export const SPREAD_MOST = 4096

/** After our view was the same for this long it counts as settled. */
export const SYNC_AFTER_MS = 2000
/**
 * A settled view is compared with one that differs when it is still the same after this time: by
 * then the news that make the difference have come, if they are not lost.
 */
export const SYNC_DIFFERS_MS = 400
/**
 * While news keep coming views are compared after this long: what is on its way would be told
 * twice, and the more members there are the longer it is.
 */
export function syncLatestMs(members: number): number {
  return Math.max(3000, 30 * members)
}
/** In a storm the next comparison is so much later too, but where few have little to tell. */
export function syncStormMs(members: number): number {
  return members > 12 ? syncLatestMs(members) : 100 * members
}
export const SYNC_INTERVAL_MS = 1000
/** While a comparison brings something new the next follows sooner. */
export const SYNC_AGAIN_MS = 100
/** What was asked for has not come after this time. */
export const SYNC_PATIENCE_MS = 2000
/** Datagrams sent for one question: half the default receive buffer of Linux (208 KiB). */
export const ANSWER_DATAGRAMS_MOST = 64

/** How often the dead, hints and remembered peers are thought of. */
export const HEAL_INTERVAL_MS = 1000
/**
 * Contacts of the dead a second, in the whole cluster, so that a split heals within a second or
 * two.
 */
export const HEAL_CONTACTS = 3
/**
 * The dead are remembered this long after their death; then a node that returns must come itself.
 * What others say of the forgotten is passed over for as long again, as they may have slept.
 */
export const DEAD_REMEMBERED_MS = 24 * 3600 * 1000
/** Forgotten nodes of which others' word is passed over; more, and that of the oldest is taken. */
export const GRAVES_MOST = 4096
/** Somebody holds a forgotten node alive: it is asked itself, not more often than this. */
export const ASK_FORGOTTEN_MS = 10_000

/**
 * Time between two inputs beyond which our process stood still: it believes its own timeouts less.
 */
export const GAP_MS = 2000
/** After a gap nobody is accused for this long. */
export const TILT_MS = 2 * PROBE_INTERVAL_MS

/** A node that died alone and is back before this is watched: the network to it is unstable. */
export const FLAP_DEAD_MS = 30_000
/**
 * It counts as back when it was well this long; longer than the 20 s on, 20 s off of gray failures.
 */
export const PROBATION_MS = 25_000

/** Beacons after the start or on a new interface, then every BEACON_INTERVAL_MS. */
export const BEACON_AT_MS: readonly number[] = [0, 1000, 3000, 7000]
export const BEACON_INTERVAL_MS = 30_000
/** Who has heard so many beacons since its last one leaves its own out. */
export const BEACONS_ENOUGH = 3

/** Nodes that are not admitted yet and may send statements. */
export const PENDING_MOST = 512
/** Receipts that wait for other papers: more than one answer brings. */
export const EARLY_MOST = 1024
export const MEMBERS_MOST = 16_384
/** An epoch of a pair key ends after this time, or 2^32 - 1 datagrams. */
export const EPOCH_MS = 24 * 3600 * 1000
/** The epoch before is forgotten this long after the next has begun. */
export const EPOCH_GRACE_MS = 60_000
