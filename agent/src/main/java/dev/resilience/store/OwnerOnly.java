package dev.resilience.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** Keeps what is on disk from other users of the machine, where the file system knows users. */
final class OwnerOnly {

    private OwnerOnly() {}

    /** Makes the directory, with those above it, when it is not there. */
    static void directory(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(directory);
            set(directory, "rwx------");
        }
    }

    static void file(Path file) {
        set(file, "rw-------");
    }

    private static void set(Path path, String permissions) {
        try {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
        } catch (IOException | UnsupportedOperationException notHere) {
            // What the directory's own permissions allow then holds.
        }
    }
}
