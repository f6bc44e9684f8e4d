package dev.resilience.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command has: help, and the screen it prints to. Its value is the exit status. */
abstract class Command implements Callable<Integer> {

    /** All is well. */
    static final int FINE = 0;

    /** The command did its work, and what it found is bad. */
    static final int BAD_NEWS = 1;

    /** Wrong use, or nobody answered. */
    static final int NOT_DONE = 2;

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this help.")
    private boolean help;

    Screen screen() {
        return ((Main) spec.root().userObject()).screen;
    }
}
