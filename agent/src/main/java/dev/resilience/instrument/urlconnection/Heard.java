package dev.resilience.instrument.urlconnection;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a connection tells in place of what it heard itself: as the JDK's connection tells a response. */
interface Heard {

    /** Where it came from in the end; null where the connection itself knows. */
    @Nullable
    URL url();

    int status() throws IOException;

    @Nullable
    String reason() throws IOException;

    InputStream inputStream() throws IOException;

    @Nullable
    InputStream errorStream();

    @Nullable
    Object secured(Secured what) throws IOException;

    /** The last one of that name; the status line for null. */
    @Nullable
    String value(@Nullable String name);

    @Nullable
    String value(int index);

    @Nullable
    String key(int index);

    Map<@Nullable String, List<String>> fields();

    /** The application wants no more of it. */
    void disconnect();
}
