import Glibc

/// Ports that nobody listens on.
package enum FreePorts {
    /// There is none left, or no socket to be had.
    package struct Exhausted: Error {}

    /// Below what the kernel gives to outgoing connections (32768 and up), so that a service that is killed and started again
    /// finds its port free; above the ports of this project's stacks.
    private static let range = 31_100...32_700

    /// As many ports, all different; they were free a moment ago.
    ///
    /// - Throws: ``Exhausted``.
    package static func take(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        // All are held until the last is found, so that none is found twice.
        var ports: [Int] = []
        for port in range.shuffled() where ports.count < count {
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            guard descriptor >= 0 else { throw Exhausted() }
            sockets.append(descriptor)
            if isFree(port, descriptor) { ports.append(port) }
        }
        guard ports.count == count else { throw Exhausted() }
        return ports
    }

    private static func isFree(_ port: Int, _ descriptor: Int32) -> Bool {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
}
