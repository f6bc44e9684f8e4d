package dev.resilience.instrument;

import java.io.IOException;
import java.io.InputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Loads one client's adapter beside one copy of its library, so that the adapter may name the library's types: the client's
 * package is defined here, the agent's other classes come from the agent's loader, and everything else from the library's.
 * Held by the library's own classes alone, and unloaded with them. Thread-safe.
 */
final class ClientLoader extends ClassLoader {

    static {
        registerAsParallelCapable();
    }

    private static final String OURS = "dev.resilience.";

    private final String prefix;
    private final ClassLoader agent;
    private final ClassLoader library;

    /** Sees the class files before their classes are there; null where nobody does. */
    private volatile @Nullable Consumer<byte[]> reader;

    /** @param client binary name of the {@link Client} to load; its package is defined here */
    ClientLoader(String client, ClassLoader agent, ClassLoader library) {
        super("resilience-client", agent);
        this.prefix = client.substring(0, client.lastIndexOf('.') + 1);
        this.agent = agent;
        this.library = library;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        if (!name.startsWith(prefix)) {
            boolean fromAgent = name.startsWith(OURS) || name.startsWith("java.");
            return (fromAgent ? agent : library).loadClass(name);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            return loaded == null ? findClass(name) : loaded;
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        byte[] classFile = classFile(name.replace('.', '/'));
        Consumer<byte[]> reads = reader;
        if (reads != null) {
            reads.accept(classFile);
        }
        return defineClass(name, classFile, 0, classFile.length, getClass().getProtectionDomain());
    }

    /** Shows class files to somebody from now on, while their classes are loaded; null: to nobody. */
    void readBy(@Nullable Consumer<byte[]> reads) {
        reader = reads;
    }

    private byte[] classFile(String name) throws ClassNotFoundException {
        try (InputStream in = agent.getResourceAsStream(name + ".class")) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    /** Whether a class, named with slashes, is one of the client's own. */
    boolean defines(String name) {
        return name.replace('/', '.').startsWith(prefix);
    }
}
