"""The fault menu: everything that a venue, a network or a gateway can do to a client, by name and from a seed.

From a terminal::

    psdash sim --chaos drop,duplicate=0.2,close-1012 --seed 3

From a test, in real or in virtual time::

    menu = Menu.parse("drop=0.05,reorder,close-1012", seed=3)              # strikes every 5 to 20 s, seeded
    menu = Menu.parse("close-1012,freeze", seed=3, every_s=None)           # strikes only when told to
    server = await serve(world, options=ServerOptions(chaos=menu))         # one menu, one server
    menu.strike("close-1012")                                              # now, at both gateways
    menu.strike("cut", "market")                                           # now, at one of them
    menu.stop()                                                            # all is well again, from now on
    menu.resume()                                                          # and not any more
    menu.struck["drop"]                                                    # how often it really happened
    menu.log                                                               # (seconds since it opened, name, what)

A fault is `name` or `name=level`; `FAULTS` lists all of them with what the level means and its default
(`psdash sim --help` prints the same). There are two kinds:

* *standing* faults act on each frame, request or connection that they meet, with the chance that is their level
  (`drop=0.05`), or always (`reversed-levels`);
* *striking* faults act at moments of a seeded schedule (`every_s`), or when `Menu.strike` says so; where the level is
  a number of seconds, it is how long one strike lasts (`accept-close=60`).

Every choice comes from a generator that is found by name (menu seed, fault, gateway, number of the connection): the
same seed over the same traffic makes the same faults, and one fault more or less moves none of the others.

**What TCP does not do.** TCP never drops, repeats, alters or reorders what it delivers. `drop`, `duplicate`,
`reorder`, `late` and their like are faults of the *application* behind the socket: a gateway that conflates, fails
over, replays or forgets. The only transport faults are delay, silence and an end (`freeze`, `cut`, `reset`,
`close-1006`, `refuse-dial`, `hang-handshake`).

**The truth** is the exchange's ledger (`/sim/ledger`, `Exchange.token_book`), always, and `/sim` is never touched by
a fault. Most faults are in the telling: the ledger goes on, the wire lies or is silent. `tick`, `one-sided`,
`empty-book` and `settlement-never` really happen on the exchange, so the ledger has them. Three need a word:

* `ghost`: the delta that should remove a level comes without the removal, its `seq` in order. The level is not in
  the ledger and no sequence rule can see it; a snapshot, REST or an audit does.
* `counters-restart`: the wire's `seq` is the ledger's minus an offset that jumps; `Menu.ledger_seq(token, wire_seq)`
  turns it back, and so does `/sim/ledger?token=..&seq=..`.
* `snapshot-stale`: a snapshot is a true book of some seconds ago, at the `seq` that it had then.

Without a server: `outlet = menu.outlet(sink, "market")` chains the standing faults in front of anything that has
`push(push, sid)` and `reply(frame)`; `Menu.parse(..., timers=SchedulerTimers(scheduler))` lives by the exchange's
clock instead of the event loop's. `hostile.messages(rng)` is an endless iterator of malformed and hostile text
messages, `hostile.mangled(rng, push)` a spoilt copy of a true one, `hostile.STRINGS` the hostile strings.
"""

from psdash.simulator.chaos.catalogue import FAULTS, help_text
from psdash.simulator.chaos.fault import SchedulerTimers
from psdash.simulator.chaos.menu import EVERY_S, Menu, MenuError

__all__ = ["EVERY_S", "FAULTS", "Menu", "MenuError", "SchedulerTimers", "help_text"]
