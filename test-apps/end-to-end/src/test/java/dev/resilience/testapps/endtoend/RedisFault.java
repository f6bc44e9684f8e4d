package dev.resilience.testapps.endtoend;

import dev.resilience.testapps.harness.TcpLink.Trouble;
import java.io.IOException;

/** What can befall the Redis of a fleet. */
enum RedisFault {
    KILLED_AND_STARTED_EMPTY {
        @Override
        void begin(FaultyFleet fleet) {
            fleet.redis.kill();
        }

        @Override
        void end(FaultyFleet fleet) throws IOException {
            fleet.redis.start();
        }
    },
    STOPPED {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            fleet.redis.pause();
        }

        @Override
        void end(FaultyFleet fleet) throws IOException {
            fleet.redis.resume();
        }
    },
    WIPED {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            fleet.redis.command("FLUSHALL");
        }
    },
    SCRIPTS_FORGOTTEN {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            fleet.redis.command("SCRIPT FLUSH");
        }
    },
    /** Full, and every write costs some other key. */
    EVICTING {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            // Enough to evict, lest it be refused.
            fill(fleet, "before");
            fleet.redis.command("CONFIG SET maxmemory-policy allkeys-random");
            fleet.redis.command("CONFIG SET maxmemory " + (usedBytes(fleet) + 50_000));
            fill(fleet, "after");
        }

        @Override
        void end(FaultyFleet fleet) throws IOException {
            fleet.redis.command("CONFIG SET maxmemory 0");
        }
    },
    /** Full, and takes no writes. */
    FULL {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            fleet.redis.command("CONFIG SET maxmemory-policy noeviction");
            fleet.redis.command("CONFIG SET maxmemory 1");
        }

        @Override
        void end(FaultyFleet fleet) throws IOException {
            fleet.redis.command("CONFIG SET maxmemory 0");
        }
    },
    READ_ONLY {
        @Override
        void begin(FaultyFleet fleet) throws IOException {
            fleet.redis.command("REPLICAOF 127.0.0.1 1");
        }

        @Override
        void end(FaultyFleet fleet) throws IOException {
            fleet.redis.command("REPLICAOF NO ONE");
        }
    },
    FAR_AWAY {
        @Override
        void begin(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.SLOW));
        }

        @Override
        void end(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.NONE));
        }
    },
    SILENT {
        @Override
        void begin(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.SILENT));
        }

        @Override
        void end(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.NONE));
        }
    },
    TRUNCATED {
        @Override
        void begin(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.TRUNCATING));
        }

        @Override
        void end(FaultyFleet fleet) {
            fleet.links.forEach(link -> link.suffer(Trouble.NONE));
        }
    },
    ONE_INSTANCE_CUT_OFF {
        @Override
        void begin(FaultyFleet fleet) {
            fleet.links.get(0).suffer(Trouble.CUT);
        }

        @Override
        void end(FaultyFleet fleet) {
            fleet.links.get(0).suffer(Trouble.NONE);
        }
    };

    abstract void begin(FaultyFleet fleet) throws IOException;

    /** Nothing for what is over as soon as it has begun. */
    void end(FaultyFleet fleet) throws IOException {}

    private static void fill(FaultyFleet fleet, String when) throws IOException {
        for (int i = 0; i < 150; i++) {
            fleet.redis.command("SET filler:" + when + ":" + i + " " + "x".repeat(1_000));
        }
    }

    private static long usedBytes(FaultyFleet fleet) throws IOException {
        String info = fleet.redis.text("INFO memory");
        return Long.parseLong(info.replaceAll("(?s).*used_memory:(\\d+).*", "$1"));
    }
}
