package dev.resilience.launch;

import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLConnection;
import java.net.URLStreamHandler;
import java.util.Collections;
import java.util.Enumeration;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;

/**
 * Loads the agent and its libraries from renamed entries of the one jar, hidden from the application. Its parent is the
 * platform loader: the agent sees the JDK and nothing of the application. Thread-safe.
 */
public final class AgentClassLoader extends ClassLoader {

    static {
        registerAsParallelCapable();
    }

    /** Prefix of the agent's classes and of its libraries. */
    private static final String AGENT = "r/";

    /** Prefix of the classes that belong in the boot loader. */
    private static final String BOOT = "b/";

    private static final String CLASS = ".class";

    private static final String RENAMED = ".classdata";

    private final JarFile jar;

    public AgentClassLoader(File file) throws IOException {
        super("resilience", ClassLoader.getPlatformClassLoader());
        // Unverified: checking signatures of our own jar would cost every start tens of milliseconds.
        this.jar = new JarFile(file, false);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        try {
            JarEntry entry = find(name.replace('.', '/') + CLASS);
            if (entry == null) {
                throw new ClassNotFoundException(name);
            }
            byte[] bytes = read(entry);
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    @Override
    protected URL findResource(String name) {
        JarEntry entry = find(name);
        if (entry == null) {
            return null;
        }
        try {
            // A handler of our own: the JDK's would open the jar a second time, and cache it under a URL that the
            // application could close.
            return new URL("resilience", "", -1, "/" + name, new EntryHandler(entry));
        } catch (MalformedURLException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    @Override
    protected Enumeration<URL> findResources(String name) {
        URL resource = findResource(name);
        return resource == null
                ? Collections.emptyEnumeration()
                : Collections.enumeration(Collections.singleton(resource));
    }

    /** The entry that holds a resource or class file of the agent; the bridge's own only after all others. */
    private JarEntry find(String resource) {
        if (!resource.endsWith(CLASS)) {
            return jar.getJarEntry(AGENT + resource);
        }
        String renamed = resource.substring(0, resource.length() - CLASS.length()) + RENAMED;
        JarEntry entry = jar.getJarEntry(AGENT + renamed);
        return entry != null ? entry : jar.getJarEntry(BOOT + renamed);
    }

    private byte[] read(JarEntry entry) throws IOException {
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    private final class EntryHandler extends URLStreamHandler {

        private final JarEntry entry;

        EntryHandler(JarEntry entry) {
            this.entry = entry;
        }

        @Override
        protected URLConnection openConnection(URL url) {
            return new URLConnection(url) {
                @Override
                public void connect() {
                    connected = true;
                }

                @Override
                public InputStream getInputStream() throws IOException {
                    return new ByteArrayInputStream(read(entry));
                }
            };
        }
    }
}
