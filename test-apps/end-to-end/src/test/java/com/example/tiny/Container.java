package com.example.tiny;

import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Deploys one application again and again, each time in a class loader of its own, and says how many of these loaders cannot be
 * collected afterwards. Arguments: how often, and the class path of the application.
 */
public final class Container {

    private Container() {}

    public static void main(String[] arguments) throws Exception {
        List<URL> classPath = new ArrayList<>();
        for (int i = 1; i < arguments.length; i++) {
            classPath.add(Path.of(arguments[i]).toUri().toURL());
        }
        List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            loaders.add(deploy(classPath.toArray(new URL[0])));
        }
        long alive = loaders.size();
        for (int i = 0; i < 50 && alive > 0; i++) {
            System.gc();
            Thread.sleep(100);
            alive = loaders.stream().filter(loader -> loader.get() != null).count();
        }
        System.out.println("still there: " + alive);
    }

    private static WeakReference<ClassLoader> deploy(URL[] classPath) throws Exception {
        try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
            Thread.currentThread().setContextClassLoader(loader);
            ((Runnable) Class.forName("com.example.tiny.Deployment", true, loader)
                            .getDeclaredConstructor()
                            .newInstance())
                    .run();
            return new WeakReference<>(loader);
        } finally {
            Thread.currentThread().setContextClassLoader(Container.class.getClassLoader());
        }
    }
}
