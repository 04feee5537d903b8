import Foundation

/// Prints a line at once, also where the output is a file: whoever waits for minutes wants to see how far it is.
package func say(_ line: String) {
    print(line)
    // Every stream: the standard one by its name is a variable that any thread may change.
    fflush(nil)
}
