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

    private static final String RENAMED = ".classdata";

    private final JarFile jar;

    public AgentClassLoader(File file) throws IOException {
        super("resilience", ClassLoader.getPlatformClassLoader());
        // Unverified: checking signatures of our own jar would cost every start tens of milliseconds.
        this.jar = new JarFile(file, false);
    }

    /** The class files that belong in the boot loader, by binary name; the command line finds them here instead. */
    public static String bootEntry(String className) {
        return BOOT + className.replace('.', '/') + RENAMED;
    }

    /** Reads an entry of the jar whole, or gives null when there is none. */
    public byte[] bytes(String entryName) throws IOException {
        JarEntry entry = jar.getJarEntry(entryName);
        if (entry == null) {
            return null;
        }
        try (InputStream in = jar.getInputStream(entry)) {
            return in.readAllBytes();
        }
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
        try {
            byte[] bytes = bytes(AGENT + name.replace('.', '/') + RENAMED);
            if (bytes == null) {
                bytes = bytes(bootEntry(name));
            }
            if (bytes == null) {
                throw new ClassNotFoundException(name);
            }
            return defineClass(name, bytes, 0, bytes.length);
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    @Override
    protected URL findResource(String name) {
        String entryName = entryOf(name);
        if (jar.getEntry(entryName) == null) {
            return null;
        }
        try {
            // A handler of our own: the JDK's would open the jar a second time, and cache it under a URL that the
            // application could close.
            return new URL("resilience", "", -1, "/" + name, new EntryHandler(entryName));
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

    private static String entryOf(String resource) {
        return resource.endsWith(".class")
                ? AGENT + resource.substring(0, resource.length() - ".class".length()) + RENAMED
                : AGENT + resource;
    }

    private final class EntryHandler extends URLStreamHandler {

        private final String entryName;

        EntryHandler(String entryName) {
            this.entryName = entryName;
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
                    byte[] bytes = bytes(entryName);
                    if (bytes == null) {
                        throw new IOException("no entry " + entryName + " in " + jar.getName());
                    }
                    return new ByteArrayInputStream(bytes);
                }
            };
        }
    }
}
