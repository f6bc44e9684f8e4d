package dev.resilience.fallback;

import java.util.ArrayList;
import java.util.List;

/** Parameters as they come back from where calls are kept. */
public final class StoredParameters {

    private StoredParameters() {}

    public static List<Object> writtenAndRead(List<?> parameters) {
        ByteWriter to = new ByteWriter(64);
        for (Object parameter : parameters) {
            if (!SqlValues.write(to, parameter)) {
                throw new IllegalArgumentException("a parameter that cannot be kept");
            }
        }
        ByteReader from = new ByteReader(to.toBytes());
        List<Object> read = new ArrayList<>();
        for (int i = 0; i < parameters.size(); i++) {
            read.add(SqlValues.read(from));
        }
        return read;
    }
}
