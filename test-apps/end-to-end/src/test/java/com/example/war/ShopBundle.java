package com.example.war;

import java.io.IOException;
import org.osgi.framework.BundleActivator;
import org.osgi.framework.BundleContext;

/** The same application as a bundle of an OSGi framework, which tells it what to ask. */
public final class ShopBundle implements BundleActivator {

    @Override
    public void start(BundleContext context) {
        String address = context.getProperty("shop.address");
        new Thread(() -> run(address), "shop").start();
    }

    private static void run(String address) {
        try {
            Console.main(new String[] {address});
        } catch (IOException failure) {
            failure.printStackTrace();
        }
    }

    @Override
    public void stop(BundleContext context) {
        // The framework is ended with its JVM.
    }
}
