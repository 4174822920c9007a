import EntenteNode
import Logging

extension Notice {
    /// The notice as a line of the log: what others wrote in it cannot steer a terminal.
    func log(to logger: Logger) {
        switch self {
        case .peerConnected(let id, let node, let address):
            logger.info("In session with \(LogText.line(node)) at \(LogText.line(address)).", metadata: id.metadata)
        case .peerInSync(let id): logger.debug("A session is in sync.", metadata: id.metadata)
        case .peerDisconnected(let id): logger.info("A session ended.", metadata: id.metadata)
        case .fault(let id, let from, let reason):
            logger.warning("Fault of \(LogText.line(from)): \(LogText.line(reason)).", metadata: id.metadata)
        case .refusedByPeer(let address, let reason):
            logger.warning("\(LogText.line(address)) refuses us: \(LogText.line(reason)).")
        case .stored(let space, let entries): logger.debug("Stored \(entries) entries of \(LogText.line(space)).")
        case .notTaken(let space, let entries, let reason):
            logger.notice("Did not take \(entries) entries of \(LogText.line(space)): \(LogText.line(reason)).")
        case .held(let space, let entries):
            logger.notice("Holds \(entries) entries of \(LogText.line(space)) for review: they are beyond a cut.")
        case .fork(let log, let sequence):
            logger.warning("The log of device \(LogText.line(log)) is forked at number \(sequence): evidence is kept.")
        case .erased(let space, let bodies): logger.notice("Erased the bodies of \(bodies) entries of \(LogText.line(space)).")
        case .collected(let entries): logger.notice("Destroyed \(entries) entries that were held for review.")
        case .missing(let space, let bodies):
            logger.notice("The bodies of \(bodies) entries of \(LogText.line(space)) are missing here: other sites are asked for them.")
        case .newIncarnation(let reason): logger.notice("Signs under a new incarnation from here on: \(LogText.line(reason)).")
        }
    }
}

extension ConnectionID {
    var metadata: Logger.Metadata { ["connection": .stringConvertible(number)] }
}
