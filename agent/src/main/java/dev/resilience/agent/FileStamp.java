package dev.resilience.agent;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * What changes when a file does.
 *
 * @param identity of the file that its name leads to, through links: its key or, where the file system knows none, its real path
 */
record FileStamp(Object identity, long size, long modifiedMillis) {

    static FileStamp of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        // Each part of a path is looked at to know the real one.
        Object key = attributes.fileKey();
        return new FileStamp(
                key == null ? file.toRealPath() : key,
                attributes.size(),
                attributes.lastModifiedTime().toMillis());
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
        return new FileStamp(file, -1, 0);
    }
}
