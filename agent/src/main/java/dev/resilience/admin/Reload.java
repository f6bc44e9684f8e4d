package dev.resilience.admin;

/** Reads the configuration again and puts it into force. */
@FunctionalInterface
public interface Reload {

    /**
     * @return what was done, in one line
     * @throws IllegalArgumentException when the configuration is broken; its message says where, and nothing has changed
     */
    String reload();
}
