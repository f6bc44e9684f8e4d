package dev.resilience.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** A command that only groups others. */
abstract class Group extends Command {

    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec own;

    @Override
    public Integer call() {
        throw new ParameterException(
                own.commandLine(),
                "say which: " + String.join(", ", own.subcommands().keySet()));
    }
}
