package com.example.tiny;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.TreeSet;
import javax.management.JMException;
import javax.management.ObjectName;

/** After each line of its input, tells what the platform's MBean server has of a domain. */
public final class Beans {

    private Beans() {}

    public static void main(String[] arguments) throws IOException, JMException {
        for (int read = System.in.read(); read >= 0; read = System.in.read()) {
            if (read == '\n') {
                System.out.println("beans: "
                        + new TreeSet<>(ManagementFactory.getPlatformMBeanServer()
                                .queryNames(new ObjectName(arguments[0]), null)));
            }
        }
    }
}
