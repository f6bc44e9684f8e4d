package com.example.tiny;

/** Says one line. */
public final class Hello {

    private Hello() {}

    public static void main(String[] arguments) {
        System.out.println("hello from main");
    }
}
