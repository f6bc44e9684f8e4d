package dev.resilience.fallback;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Bytes that must never change, as hexadecimal text. A missing file is written by {@code -Dgolden.write=true}. */
public final class Golden {

    private static final String RESOURCES = "/dev/resilience/stored/";
    private static final int LINE = 64;

    private Golden() {}

    public static byte[] bytes(String name) {
        try (InputStream in = Golden.class.getResourceAsStream(RESOURCES + name)) {
            assertThat(in).as(name).isNotNull();
            return HexFormat.of()
                    .parseHex(new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", ""));
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    public static void check(String name, byte[] written) {
        Path file = Path.of("src/test/resources" + RESOURCES + name);
        if (Boolean.getBoolean("golden.write") && !Files.exists(file)) {
            write(file, HexFormat.of().formatHex(written));
        }
        assertThat(written).as(name).isEqualTo(bytes(name));
    }

    private static void write(Path file, String hex) {
        StringBuilder lines = new StringBuilder();
        for (int at = 0; at < hex.length(); at += LINE) {
            lines.append(hex, at, Math.min(hex.length(), at + LINE)).append('\n');
        }
        try {
            Files.writeString(file, lines);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
