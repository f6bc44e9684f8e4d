package dev.resilience.store;

/**
 * Names of everything that is kept in Redis, all below one prefix.
 *
 * @param cluster whether a service's name is a hash tag, so that all its keys are on one node
 */
record RedisKeys(String prefix, boolean cluster) {

    /** A key of a service's. */
    String of(String service, String what) {
        return prefix + ":" + (cluster ? "{" + service + "}" : service) + ":" + what;
    }

    /** A key of the whole fleet's, or a channel. */
    String of(String what) {
        return prefix + ":" + what;
    }
}
