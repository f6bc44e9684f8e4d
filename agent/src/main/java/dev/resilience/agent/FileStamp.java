package dev.resilience.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/** What changes when a file does. */
record FileStamp(
        Path real, long size, long modifiedMillis, @Nullable Object key) {

    static FileStamp of(Path file) throws IOException {
        Path real = file.toRealPath();
        BasicFileAttributes attributes = Files.readAttributes(real, BasicFileAttributes.class);
        return new FileStamp(
                real, attributes.size(), attributes.lastModifiedTime().toMillis(), attributes.fileKey());
    }

    /** As the other, where a file that is not there, or cannot be read, has a stamp of its own. */
    static FileStamp orMissing(Path file) {
        try {
            if (Files.isReadable(file)) {
                return of(file);
            }
        } catch (IOException gone) {
            // As below.
        }
        return new FileStamp(file, -1, 0, null);
    }
}
